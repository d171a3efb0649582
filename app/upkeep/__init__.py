"""What keeps a server sound: its examination."""
