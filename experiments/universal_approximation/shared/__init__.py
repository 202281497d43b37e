"""Code that several claims of this topic use."""
