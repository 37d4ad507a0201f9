"""A registry of synthetic accounts in the shape of China's: for demonstrations, tests and benchmarks."""
