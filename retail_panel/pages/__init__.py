"""Views laid out for one purpose, and the shell around them."""
