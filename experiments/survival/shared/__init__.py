"""What the claims about survival share: the sweep on which faults are tried, its processes, counts and figures."""
