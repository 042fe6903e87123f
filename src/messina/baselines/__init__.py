"""What instruments are measured against: the network of 2015, and no model at all.

    gruv_config   GRUV's settings, its defects and their switches
    gruv_blocks   sounds as blocks, blocks as features, sequences to learn from
    gruv          training and generating
    gruv_file     a trained GRUV as a file
    oracle        analysis → synthesis of each sound: the ceiling of the frames

Nothing is imported here: the oracle needs no torch.
"""
