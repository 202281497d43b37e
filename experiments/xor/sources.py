"""Works about XOR that several claims cite. A claim adds what it takes from them."""

AI_TIMELINE = "sauljabin/ai-timeline (GitHub), chapters/1986-backpropagation.md"
HAMEY = (
    "Hamey (1998), XOR has no local minima: a case study in neural network error surface analysis, Neural Networks 11"
)
HINTON_PARITY = "cybertronai/hinton-problems (GitHub), n-bit-parity/README.md"
