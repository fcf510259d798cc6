"""All that the network keeps of a member: handed out as one archive, and erased but for what the books need."""
