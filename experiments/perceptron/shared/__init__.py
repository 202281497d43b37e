"""What several claims about the perceptron use."""
