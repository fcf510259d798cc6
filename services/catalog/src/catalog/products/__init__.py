"""What members offer: products, the variants that are sold, their prices, publishing."""
