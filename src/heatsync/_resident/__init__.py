"""What is there from the first import on; the engine comes with the first edit."""
