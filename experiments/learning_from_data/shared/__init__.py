"""What several claims of `learning_from_data` use."""
