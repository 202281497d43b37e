"""What two claims or more of `learning_from_data` use."""
