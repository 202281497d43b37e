"""Microsoft's table, on speech: does each layer help, do five beat equal weights, and can one layer catch up?

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. Their table
is word error on Switchboard, whose recordings are not available here. But the task of their networks can be generated:
to recognise, from a frame of 10 ms and five to either side, which part of which phoneme is spoken (they had 9,304 parts
in context; here there are about 200 thirds of phonemes). Labels are exact: sentences of English words are synthesised
in many voices, accents, rates and pitches (eSpeak NG, `corpus/`), with noise at 5 to 20 dB. Test voices occur in no
training utterance. There are 48, because errors vary most between voices: 12 of eSpeak NG, and 36 whose formants, pitch
and the like are drawn from the ranges of its own; 36 other voices, 9 and 27, are for development. The error here is
frame error, not word error, and synthesised speech is not human speech: what is tested is the ordering of the table.

Protocol: 10 hours of training speech (3.6 million frames), 40 log-mel bands of 11 frames, 440 inputs; classes with 50
frames or more. AdamW, cosine schedule to 0, batches of 256, He's or Glorot's weights.

- Primary: 5 x 256 ReLU against one layer of as many weights (1 x 659), exactly 25 million frames, 3 seeds for each of
  two tunings. The same networks also see as many frames of only 5 hours, which separates length from repetition.
- The ladder: 1, 2, 3, 5 and 7 layers, 1 x 659, and one layer of four times the weights, 12 million frames; each is also
  trained on a sixteenth, an eighth and a quarter of them, which gives the error by frames seen.
- Equal seconds: the far wider layer after 7.8 million frames, tuned for this length. Timed side by side (see below),
  five layers took as long for 25 million.
- The original's form: sigmoids of 1, 3 and 5 layers and of equal weights, 6 million frames in all. Those of 3 and 5 are
  also grown layer by layer with labels (Seide et al., ASRU 2011). The table's own networks, its single layers too, were
  pretrained as belief networks, without labels. Here the one layer of equal weights is not pretrained.
- On request (`--context-classes 1000`): classes that include the neighbouring phoneme, for the primary networks, 6.25
  million frames. They were planned for FULL, and left out when it had taken more than twice the six hours planned.

Tuning is done for every network and length by itself, on the development voices and on seeds that are not reported: 6
rates and then 3 weight decays after a sixteenth of the frames; then, at full length, the next rate below the best one,
both neighbours of that rate, and further rates while the best lies at an end; and then, at the best of these rates, the
next lower decay and further ones as long as each gains more than 0.1 points, or else higher ones in the same way. With
another decay both neighbours of the rate are trained anew. The chosen rate is the vertex of a parabola through the best
three. That costs 5.5 full trainings, and 2 or more with another decay. Decays are not tried again once the rate has
moved. Shorter trainings have the decay of a sixteenth of the frames, and a rate that is interpolated in logarithms
between those found, with this decay, for a sixteenth and for all frames. Nothing is tuned anew on 5 hours: one layer of
equal weights has its decay of 10 hours there, 0.033. (With 0.1, as short trainings had chosen, it errs by 39.5% on 5
hours instead of 39.9%.) A decay that gains 0.1 points or less over its neighbour counts as not at an end.

Rules: leads are differences within a voice. Their intervals hold for other voices, other tunings and other seeds: the
primary networks and three of the ladder are tuned twice, each time with seeds of their own. The variance between the
two tunings, pooled over these five networks, is added to that over voices (also for networks that are tuned once), or
the variance between a network's own seeds if that is greater. All 5-hour runs use the first tuning, and are compared
only with others of that tuning. Five layers help if the interval lies above 0, and hurt if it lies below 0; else both
are equal if it lies within 1 point of 0, and otherwise it is not settled. Nor is it settled if a tuned number lies at
an end of those tried. By earlier results (5 hours, 3 million frames, 12 voices) the primary interval is expected to be
0.63 points to either side. The two comparisons of the ladder and the one at equal seconds are corrected together, and
so are the three of sigmoids. There is one draw of training speech. The rules were rewritten when 25 of the about 420
trainings then planned were done and before any was judged. The tuning of decays at full length was added after all
networks had been judged with the decays of short trainings, which differed between them; in between, comparisons of
networks with different decays counted as not settled.

A training saves its state every minute, and its results at its end, so a run that was stopped resumes with the same
command. The result of a training is kept until the run has ended, and is known by its settings and by the code that
trains; so a change of the tuning trains only what is new. A step of the primary networks takes 4.2 and 3.3 ms of one
core (both cores busy, AMD EPYC), of the far wider one 13.3, of 1, 2, 3 and 7 layers 1.6, 2.3, 3.0 and 5.9, with 1,000
classes 6.7 and 6.3; sigmoids take as long as ReLUs. On another AMD EPYC with half the vector width, the primary
networks take 8.8 and 7.3 ms.

The text and the voices need `pip install '.[experiments,speech]'` in a copy of the repository. Synthesised speech is
kept in the user's cache.

    python -m experiments wide_versus_deep.speech                  # 40 s, small networks on five minutes of speech
    python -m experiments wide_versus_deep.speech --preset full    # about 17 hours on 2 cores (the second machine)

Outputs: leads, training, tables, weights, sigmoids, tuning, utterance; table.csv has a row per network and length.
"""
