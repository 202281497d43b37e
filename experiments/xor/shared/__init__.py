"""What two or more claims about XOR use."""
