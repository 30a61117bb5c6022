// The user service: who a user is, and where the parcel goes.
import { serve } from "./service.ts";

const users: { readonly [id: string]: { id: string; name: string; address: string } } = {
  ada: { id: "ada", name: "Ada", address: "12 St James's Square, London" },
  grace: { id: "grace", name: "Grace", address: "2 Navy Yard, Arlington" },
};

serve("user", {
  "GET /users/:id": ({ id }) => (users[id] ? { status: 200, body: users[id] } : { status: 404, body: { error: `no user ${id}` } }),
});
