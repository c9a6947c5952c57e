"""What happens to a claimed delivery: deliver it, and turn doubt into fact."""
