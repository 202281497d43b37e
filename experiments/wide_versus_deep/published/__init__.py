"""Published accuracies: the multilayer perceptron of MNIST-1D reaches 65 to 68 %, and logistic regression 32 %.

Source: Greydanus & Kobak 2020 (arXiv 2011.14439). Their table has one number for each model, on one draw of the data
(logistic regression 32 %, MLP 68 %, 66 % on shuffled inputs; CNN 94, GRU 91, human 96 %). The log in their notebook
`mnist1d-classification` ends at 65.1 % for the MLP, 66.0 % on shuffled inputs, and 31.5 % for logistic regression.

Protocol of the notebook, kept here: 40-100-100-10, ReLU; the second layer adds what it is given,
h2 = relu(W h1 + b) + h1; weights and biases U(-1, 1) / sqrt(fan in), as PyTorch draws them; Adam at 1e-2, constant;
batches of 100 in the order of the file; 6,000 steps; accuracy on the 1,000 test examples at the end, whatever it was
before. There are 32 seeds on the published draw, plain and shuffled (by another permutation than theirs), and two seeds
on each of 16 fresh draws. Three more are trained: the same network without the added h1, logistic regression by the
same protocol, and a plain MLP that is tuned (AdamW, batches reshuffled). Its rate, weight decay and number of steps are
those of the highest mean accuracy on 800 of the 4,000 training examples, on seeds that are not reported; it is then
trained on all 4,000.

A published number is one network's. It is reproduced where it lies, within its rounding, in Student's 95 % interval of
prediction for one more network. The range from 65 to 68 % is compared with the interval of the mean. That the added h1
makes no difference is shown by an interval of the difference that lies within a point of 0.

    python -m experiments wide_versus_deep.published                  # 6 s; the two models with a published number
    python -m experiments wide_versus_deep.published --preset full    # 10 minutes on 2 cores

Outputs: accuracy, curves; table.csv has a row per model and data.
"""
