"""What is sold and shipped: products, extensions, releases, their files and rules."""
