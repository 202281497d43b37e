"""Code that several claims about width and depth share."""
