"""What instruments are measured against: the network of 2015, and what needs no learning.

    gruv_config   GRUV's settings, its defects and their switches
    gruv_blocks   sounds as blocks, blocks as features, sequences to learn from
    gruv          training and generating
    gruv_file     a trained GRUV as a file
    gruv_sounds   new one-shots by a GRUV trained for so many minutes
    blues_form    the 12-bar blues as rules: chords, melodies, and how well they are kept
    blues         the recurrent networks of 2002 that learn it: chords drive melody
    blues_tones   a plain sound for scores where there is no instrument
    framewise     textures by a recurrent network that draws one patch of frames after another
    oracle        analysis → synthesis of each sound: the ceiling of the frames
    sampler       training sounds as they are: the extreme of copying
    producer      training sounds transposed, filtered, reshaped: what one would do by hand

Nothing is imported here: all but GRUV and the blues do without torch.
"""
