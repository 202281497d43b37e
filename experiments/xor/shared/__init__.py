"""Code that two or more claims about XOR use."""
