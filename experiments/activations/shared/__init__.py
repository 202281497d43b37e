"""Code that two or more claims of `activations` use."""
