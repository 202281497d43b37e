"""Works that claims cite, each with what one needs to find it; no address of the textbook is known. A claim
adds the theorem, table or page.

A source never names an issue, a section of someone's notes, or this project: what is our own is an aim.
"""

TEXTBOOK = "Python full stack system (27), deep learning (course chapter)"

BARRON = (
    "Barron (1993), Universal approximation bounds for superpositions of a sigmoidal function, IEEE Trans. Inf. Theory"
)
BRADY = "Brady, Raghavan & Slawny (1989), Back propagation fails to separate where perceptrons succeed, IEEE Trans. CAS"
CLEVERT = (
    "Clevert, Unterthiner & Hochreiter (2016), Fast and accurate deep network learning by exponential linear units "
    "(ELUs), ICLR"
)
COVER = "Cover (1965), Geometrical and statistical properties of systems of linear inequalities, IEEE Trans. EC"
DE_BOOR = (
    "de Boor (1973), Good approximation by splines with variable knots, Spline Functions and Approximation Theory, "
    "Birkhauser"
)
GALLANT = "Gallant (1990), Perceptron-based learning algorithms, IEEE Trans. Neural Networks"
GLOROT_BENGIO = (
    "Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, AISTATS"
)
GOODFELLOW = "Goodfellow, Bengio & Courville (2016), Deep learning, MIT Press"
GREYDANUS = "Greydanus & Kobak (2020), Scaling down deep learning with MNIST-1D, arXiv 2011.14439"
GUO = "Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML"
HE_ZHANG = (
    "He, Zhang, Ren & Sun (2015), Delving deep into rectifiers: surpassing human-level performance on ImageNet "
    "classification, ICCV"
)
HORNIK = (
    "Hornik, Stinchcombe & White (1989), Multilayer feedforward networks are universal approximators, Neural Networks"
)
JOHNSON = "Johnson (2019), Deep, skinny neural networks are not universal approximators, ICLR"
KRIZHEVSKY = (
    "Krizhevsky, Sutskever & Hinton (2012), ImageNet classification with deep convolutional neural networks, NeurIPS"
)
LECUN = "LeCun, Bottou, Orr & Muller (1998), Efficient BackProp, Neural networks: tricks of the trade, Springer"
LESHNO = (
    "Leshno, Lin, Pinkus & Schocken (1993), Multilayer feedforward networks with a nonpolynomial activation function "
    "can approximate any function, Neural Networks"
)
LIU = "Liu et al. (2024), KAN: Kolmogorov-Arnold networks, arXiv 2404.19756"
MALACH = "Malach & Shalev-Shwartz (2019), Is deeper better only when shallow is good?, NeurIPS"
MHASKAR_POGGIO = "Mhaskar & Poggio (2016), Deep vs. shallow networks: an approximation theory perspective, Anal. Appl."
MINSKY_PAPERT = "Minsky & Papert (1969), Perceptrons, MIT Press"
NOVIKOFF = "Novikoff (1962), On convergence proofs on perceptrons, Symposium on the Mathematical Theory of Automata"
OEIS_SEPARABLE = "OEIS A000609 (number of threshold functions of n variables)"
POOLE = (
    "Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli (2016), Exponential expressivity in deep neural networks through "
    "transient chaos, NeurIPS"
)
ROSENBLATT = "Rosenblatt (1962), Principles of neurodynamics, Spartan Books"
RUMELHART = (
    "Rumelhart, Hinton & Williams (1986), Learning internal representations by error propagation, PDP vol. 1, ch. 8"
)
SAXE = (
    "Saxe, McClelland & Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural "
    "networks, ICLR, arXiv 1312.6120"
)
SCHOENHOLZ = "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein (2017), Deep information propagation, ICLR"
SEIDE = (
    "Seide, Li & Yu (2011), Conversational speech transcription using context-dependent deep neural networks, "
    "Interspeech"
)
SOLLA = "Solla, Levin & Fleisher (1988), Accelerated learning in layered neural networks, Complex Systems 2, 625-640"
SOPENA = (
    "Sopena, Romero & Alquezar (1999), Neural networks with periodic and monotonic activation functions: a comparative "
    "study in classification problems, ICANN"
)
TELGARSKY = "Telgarsky (2016), Benefits of depth in neural networks, COLT"
TESAURO = "Tesauro & Janssens (1988), Scaling relationships in back-propagation learning, Complex Systems 2, 39-44"
YAN = "Yan, Mohr & Viering (2025), LCDB 1.1, NeurIPS, arXiv 2505.15657"
YAROTSKY = "Yarotsky (2017), Error bounds for approximations with deep ReLU networks, Neural Networks"
