"""The Microsoft experiment, on speech: each layer helps, five beat equal weights, and no single layer catches up.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. Their
table is word error on Switchboard, whose recordings cannot be had here. But the task of their networks can be made:
to tell, from a frame of 10 ms and five to either side, which part of which phoneme is spoken (theirs had 9,304 parts
in context; here there are about 200 thirds of phonemes, and in one comparison 1,000 with the neighbouring phoneme).
Labels are exact: sentences of English words are synthesised in many voices, accents, rates and pitches (eSpeak NG,
`corpus/`), with noise at 5 to 20 dB. Test voices are heard in no training utterance. There are 48, as errors vary
between voices most: 12 of eSpeak NG, and 36 whose formants, pitch and the like are drawn from the ranges of those
that it has; 36 other voices, 9 and 27, are for development. The error counted here is frame error and not word error,
and a synthesiser's speech is not that of people: what is tested is the ordering of the table.

Protocol: 10 hours of training speech (3.6 million frames), 40 log-mel bands of 11 frames, 440 inputs; classes with 50
frames or more. AdamW, cosine schedule to 0, batches of 256, He's or Glorot's weights.

- Primary: 5 x 256 ReLU against one layer of as many weights (1 x 662), exactly 25 million frames, 3 seeds for each of
  two tunings. The same networks see as many frames of 5 hours, which separates length from repetition.
- The ladder: 1, 2, 3, 5 and 7 layers, 1 x 662, and one layer of four times the weights, 12 million frames; and each a
  sixteenth, an eighth and a quarter of them, which gives error by frames seen.
- Equal seconds: the far wider layer after 7.8 million frames, tuned for that; they took it as long as 25 million took
  five layers where both were measured side by side (see below).
- The original's form: sigmoids of 1, 3 and 5 layers and of equal weights, 6 million frames in all. Those of 3 and 5 are
  also grown layer by layer with labels (Seide et al., ASRU 2011); the table's own networks were pretrained as belief
  networks, without labels, its single layers too. Here one layer of equal weights is not pretrained.
- 1,000 classes in context, for the primary networks, 6.25 million frames.

Tuning, for every network and length by itself, on the development voices and on seeds that are not reported: 6 rates
and then 3 weight decays after a sixteenth of the frames; then at full length the rate below the best one and both its
neighbours, and further ones while the best lies at an end. The rate is the vertex of a parabola through the best
three. That is 3.5 full trainings. For shorter trainings the rate lies on a line in logarithms between those found for
a sixteenth and for all. The decay is thus tuned in short trainings, and on 5 hours nothing is tuned anew. A decay at
an end that gains less than 0.1 points over its neighbour does not count as at an end.

Rules: leads are differences within a voice. Their intervals hold for other voices, other tunings and other seeds: the
primary networks and three of the ladder are tuned twice, each time with seeds of their own, and the variance between
both, pooled over these five networks, is added to that over voices (also where a network is tuned once), or the
variance between a network's own seeds where this is greater. All 5-hour runs are of the first tuning, and are compared
with others of that alone. Five layers help where the interval lies above 0, hurt where it lies below 0, else are equal
where it lies within 1 point, else nothing is settled; nor is it where a tuned number lies at an end of those tried.
From the results before (5 hours, 3 million frames, 12 voices) the primary interval is expected to be 0.63 points to
either side. Three comparisons of the ladder and with equal seconds are corrected together, and three of sigmoids. All
is on one draw of training speech. The rules were rewritten when 25 of about 420 trainings were done and before any was
judged.

A training writes down every minute where it is, and at its end what it found, so that a run that was stopped goes on
from there: the same command again. A step of the primary networks takes 4.2 and 3.3 ms of one core (both cores at work,
AMD EPYC), of the far wider one 13.3, of 1, 2, 3 and 7 layers 1.6, 2.3, 3.0 and 5.9, with 1,000 classes 6.7 and 6.3;
sigmoids take as long as ReLUs. On another AMD EPYC, of half the vector width, the primary networks take 8.8 and 7.3 ms.

The text and the voices need `pip install 'nnjax[speech]'`. Synthesised speech is kept in the user's cache.

    python -m experiments wide_versus_deep.speech                  # 40 s, small networks on five minutes of speech
    python -m experiments wide_versus_deep.speech --preset full    # 5.5 to 11 hours on 2 cores (estimate), in parts

Outputs: leads, training, tables, weights, sigmoids, tuning, utterance; table.csv has a row per network and length.
"""
