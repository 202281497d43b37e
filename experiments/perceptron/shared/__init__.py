"""Code that several claims about the perceptron use."""
