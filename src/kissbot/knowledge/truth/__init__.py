"""What the crowd has settled: which game, which song, which anything a name stands for."""
