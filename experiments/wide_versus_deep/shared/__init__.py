"""What two or more claims about width and depth use."""
