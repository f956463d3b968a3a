"""What statements left in objects made elsewhere: found by what it holds, taken back, put in order."""
