"""What an installer can do: ask for offers, agree, fetch, report."""
