"""What the monitor is made of: lines, records, facts, progress, error texts, the outcome. All of it pure."""
