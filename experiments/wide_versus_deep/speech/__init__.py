"""The Microsoft experiment, on speech: each layer helps, five beat equal weights, and no single layer catches up.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. Their table
is word error on Switchboard, whose recordings cannot be had here. But the task of their networks can be made: to tell,
from a frame of 10 ms and five to either side, which part of which phoneme is spoken (theirs had 9,304 parts in context;
here there are about 200 thirds of phonemes). Labels are exact: sentences of English words are synthesised in many
voices, accents, rates and pitches (eSpeak NG, `corpus/`), with noise at 5 to 20 dB. Test voices are heard in no
training utterance. The error counted here is frame error and not word error, and a synthesiser's speech is not that of
people: what is tested is the ordering of the table.

Protocol: 40 log-mel bands of 11 frames, 440 inputs; 5 hours of training speech, classes with 50 frames or more. There
are L layers of 256 ReLUs or sigmoids (and of 512 ReLUs), one layer of as many weights as five of them, and for 256 one
of four times the weights of five. AdamW, cosine schedule to 0, batches of 256. For every network first the rate and
then the weight decay is tuned on development voices, on a seed that is not reported, after a quarter of the steps. Then
there are six fresh seeds, the same for all networks, for 1/16 of the steps, a quarter, and all, each with a schedule of
its own: the wide network takes more than three times as long for a step, so that at equal seconds it must be read near
the quarter. The sigmoids are also pretrained layer by layer as the original's were, with as many steps in all. Then
five layers of 256 ReLUs and one of as many weights are tuned anew and trained four times longer, and those two and the
wide one are trained on fewer hours, for equal steps, with three seeds each. This is little training: the ReLUs of the
table see 0.77 million frames, the sigmoids 0.46 and those of 512 0.20, of 1.8 million there are; the longest training
sees 3.1 million.

Differences are taken within a voice and a seed; their intervals and p-values hold for other voices and other seeds, but
not for other tunings. Holm's rule corrects over the steps of a column, and over its comparisons with one layer. A
difference stays open where the network that errs more was tuned to an end of the rates tried. The weight decay was
tuned over two values, so it always lies at an end; it is not counted, as in the table no frame is seen twice and there
is little to regularise.

The text and the voices need `pip install 'nnjax[speech]'`. Synthesised speech is kept in the user's cache.

    python -m experiments wide_versus_deep.speech                  # 40 s, a tenth of the data and four shapes
    python -m experiments wide_versus_deep.speech --preset full    # 69 minutes on 2 cores, on a store

Outputs: tables, weights, training, hours, utterance; table.csv has a row per column and network.
"""
