"""Works that the claims of this topic cite; a claim adds the section, figure or table."""

AINSWORTH = "Ainsworth, Hayase & Srinivasa (2023), Git re-basin: merging models modulo permutation symmetries, ICLR"
BASRI = (
    "Basri, Jacobs, Kasten & Kritchman (2019), The convergence rate of neural networks for learned functions of "
    "different frequencies, NeurIPS"
)
BELKIN = (
    "Belkin, Hsu, Ma & Mandal (2019), Reconciling modern machine-learning practice and the classical bias-variance "
    "trade-off, PNAS"
)
COHEN = (
    "Cohen, Kaur, Li, Kolter & Talwalkar (2021), Gradient descent on neural networks typically occurs at the edge of "
    "stability, ICLR"
)
ENTEZARI = (
    "Entezari, Sedghi, Saukh & Neyshabur (2022), The role of permutation invariance in linear mode connectivity of "
    "neural networks, ICLR"
)
FRANKLE = "Frankle & Carbin (2019), The lottery ticket hypothesis: finding sparse, trainable neural networks, ICLR"
FGSM = "Goodfellow, Shlens & Szegedy (2015), Explaining and harnessing adversarial examples, ICLR"
GROMOV = "Gromov (2023), Grokking modular arithmetic, arXiv:2301.02679"
LEE = (
    "Lee, Xiao, Schoenholz, Bahri, Novak, Sohl-Dickstein & Pennington (2019), Wide neural networks of any depth evolve "
    "as linear models under gradient descent, NeurIPS"
)
NAKKIRAN = (
    "Nakkiran, Kaplun, Bansal, Yang, Barak & Sutskever (2020), Deep double descent: where bigger models and more data "
    "hurt, ICLR"
)
POWER = (
    "Power, Burda, Edwards, Babuschkin & Misra (2022), Grokking: generalization beyond overfitting on small "
    "algorithmic datasets, arXiv:2201.02177"
)
ZHANG = (
    "Zhang, Bengio, Hardt, Recht & Vinyals (2017), Understanding deep learning requires rethinking generalization, ICLR"
)
