-- Listing a tenant's events, and finding earlier events of any type, walk them in their order.
CREATE INDEX events_by_tenant ON events (tenant, event);


