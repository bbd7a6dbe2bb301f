"""Securities: symbols, exchange hours, prices, holdings, the portfolio, cash and buying power."""
