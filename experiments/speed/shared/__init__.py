"""What the claims about speed share: the methods that are compared, how time is taken, medians, and figures."""
