"""What instruments are measured against: the network of 2015, and what needs no learning.

    gruv_config   GRUV's settings, its defects and their switches
    gruv_blocks   sounds as blocks, blocks as features, sequences to learn from
    gruv          training and generating
    gruv_file     a trained GRUV as a file, and new one-shots by it
    blues_form    the 12-bar blues as rules: chords, melodies, and how well they are kept
    blues         the recurrent networks of 2002 that learn it: chords drive melody
    framewise     textures by a recurrent network that draws one patch of frames after another
    unlearnt      what learns nothing: training sounds as they are, or changed by hand; the oracle

Nothing is imported here: all but GRUV and the blues do without torch.
"""
