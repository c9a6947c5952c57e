"""When the engine works: one round (tick), the daemon around it, and the rehearsal on a clock of its own."""
