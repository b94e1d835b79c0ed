/** Compiled, never run: checks what the published types accept and refuse, and that they match the schemas. */
import type { z } from "zod";

import type {
  BookingCreated,
  PaymentFailed,
  PaymentFailedV1,
  PaymentFailedV2,
  SystemHeartbeat,
  TalyEvent,
  TalyEventType,
  talyEventSchema,
} from "../../schemas/published/events.ts";

const around = { timestamp: "2030-04-14T14:00:00Z", attempts: 1 };
const companyId = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11";

const heartbeat: SystemHeartbeat = { ...around, type: "system.heartbeat", payload: { companyId } };

// @ts-expect-error a version that was never published
const newer: SystemHeartbeat = { ...heartbeat, version: 2 };

// @ts-expect-error a payload without its tenant
const withoutTenant: SystemHeartbeat = { ...around, type: "system.heartbeat", payload: {} };

// @ts-expect-error null is valid only where the contract allows it
const nullId: SystemHeartbeat = { ...heartbeat, id: null };

const rooted: SystemHeartbeat = { ...heartbeat, causationId: null, source: undefined };

// @ts-expect-error a type of no contract
const unknown: TalyEventType = "appointment.forgotten";

const failure = { companyId, paymentId: "in_1", invoice: "INV-1", attemptCount: 1 };
const money = { amount: 4900, currency: "EUR" };
const first: PaymentFailedV1 = { ...around, type: "payment.failed", payload: { ...failure, ...money } };
const second: PaymentFailedV2 = { ...around, type: "payment.failed", version: 2, payload: { ...failure, money } };

// @ts-expect-error version 2's payload, said to be of version 1
const mixed: PaymentFailed = { ...around, type: "payment.failed", payload: { ...failure, money } };

/** Type and version narrow the payload's type. */
export function narrowed(event: TalyEvent): string {
  switch (event.type) {
    case "payment.failed":
      return event.version === 2 ? event.payload.money.currency : event.payload.currency;
    case "booking.created":
      return event.payload.customer.email;
    default:
      return event.payload.companyId;
  }
}

/** A schema's output type without unknown fields equals the published type. */
type Known<T> = T extends readonly (infer Member)[]
  ? Known<Member>[]
  : T extends object
    ? { [Field in keyof T as string extends Field ? never : Field]: Known<T[Field]> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const same: Same<Known<z.infer<typeof talyEventSchema>>, Known<TalyEvent>> = true;

export const examples: TalyEvent[] = [rooted, first, second, newer, withoutTenant, nullId, mixed];
export const others: unknown[] = [unknown, {} as BookingCreated];
