"""What two claims or more of `activations` use."""
