"""The durable memory of all deliveries, and the pictures of applied plans. Wired in by mwcampaign.wire only."""
