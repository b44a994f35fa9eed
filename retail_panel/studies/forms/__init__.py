"""Forms of drawing that several studies share."""
