/** How people sign in to this service. */
import { answered, api, base, type Schemas } from "../../api/client.ts";

export type Ways = Schemas["SignInMethods"];

/** What the service says; raises `Unreachable` or `Refused`. */
export function waysIn(): Promise<Ways> {
  return answered(api.GET("/v1/auth/methods"));
}

/** Where the provider's sign-in begins; it comes back to this page. */
export function startAddress(): string {
  return `${base}v1/auth/oidc/start?return_to=${encodeURIComponent(location.pathname)}`;
}

/** Where somebody accepts an invitation by the provider; raises `Unreachable` or `Refused`. */
export async function beginAccepting(invitation: string): Promise<string> {
  const body = { purpose: "accept" as const, invitation, return_to: location.pathname };
  return (await answered(api.POST("/v1/auth/oidc/start", { body }))).authorization_url;
}
