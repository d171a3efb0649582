"""What can be done with products, extensions, releases and agreements."""
