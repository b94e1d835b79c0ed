/**
 * A backend's publisher, written from `schemas/published/events.ts` and `docs/events.md` only. It publishes one event of
 * each type with the AWS SDK for JavaScript, and prints type and id of each event on one line.
 *
 * Usage: node publish.ts '{"queueUrl": …, "companyId": …, "appointmentIds": [created, moved, cancelled, reminded], "startTime": …, "endpointId": …, "goneEndpointId": …, "phone": …}'
 */
import { randomUUID } from "node:crypto";

import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

import { problems, type TalyEvent, type TalyEventType } from "../../../../schemas/published/events.ts";
import { messageId } from "../../../../schemas/published/identity.ts";

interface Given {
  queueUrl: string;
  companyId: string;
  /** One that was created, one moved, one cancelled, one with a reminder. */
  appointmentIds: [string, string, string, string];
  startTime: string;
  endpointId: string;
  goneEndpointId: string;
  phone: string;
}

const given = JSON.parse(process.argv[2] ?? "{}") as Given;
const { companyId, startTime } = given;
const [created, moved, cancelled, reminded] = given.appointmentIds;
const now = new Date();
const later = new Date(now.getTime() + 7 * 24 * 3600 * 1000).toISOString();
const common = { timestamp: now.toISOString(), attempts: 1, source: "taly.backend" };
const report = {
  companyId,
  companyName: "Café Zoë",
  title: "Revenue, first quarter",
  format: "pdf",
  downloadUrl: "https://app.taly.dev/reports/1",
  expiresAt: later,
} as const;
const reader = { email: "typescript@example.com", name: "Ada Lovelace", timeZone: "Europe/Berlin" };
const failing = { endpointId: given.goneEndpointId, failingSince: common.timestamp, lastAnswer: "the endpoint answered 410" };
const visit = { service: "Haircut", staff: "Grace", startTime, endTime: startTime };

/** All types but the alerts that only the backbone publishes. */
type Published = Exclude<TalyEventType, "system.dead_lettered" | "system.dead_letters_expiring">;

const events: { [T in Published]: Extract<TalyEvent, { type: T }> } = {
  "appointment.created": { ...common, type: "appointment.created", payload: { companyId, appointmentId: created } },
  "appointment.rescheduled": { ...common, type: "appointment.rescheduled", payload: { companyId, appointmentId: moved } },
  "appointment.cancelled": { ...common, type: "appointment.cancelled", payload: { companyId, appointmentId: cancelled } },
  "appointment.reminder": { ...common, type: "appointment.reminder", payload: { companyId, appointmentId: reminded, startTime } },
  "booking.created": {
    ...common,
    type: "booking.created",
    payload: {
      companyId,
      bookingId: randomUUID(),
      companyName: "Café Zoë",
      customer: { name: "Ada Lovelace", email: "typescript@example.com", phone: "+14155550123" },
      timeZone: "Europe/Berlin",
      ...visit,
    },
  },
  "report.generated": { ...common, type: "report.generated", payload: { ...report, reportId: randomUUID(), recipients: [reader] } },
  "report.ready": { ...common, type: "report.ready", payload: { ...report, reportId: randomUUID(), recipients: [reader] } },
  "stripe.invoice.payment_failed": {
    ...common,
    type: "stripe.invoice.payment_failed",
    payload: {
      companyId,
      stripeEvent: {
        id: "evt_1Pgc76B7WZ01zgkWwyRHS12y",
        type: "invoice.payment_failed",
        created: Math.floor(now.getTime() / 1000),
        data: { object: { id: "in_typescript1", currency: "usd", amount_due: 1000, next_payment_attempt: 1721999530 } },
      },
    },
  },
  "payment.failed": {
    ...common,
    type: "payment.failed",
    version: 2,
    payload: {
      companyId,
      paymentId: "in_typescript2",
      invoice: "INV-2026-0042",
      money: { amount: 4900, currency: "EUR" },
      declineCode: "lost_card",
      attemptCount: 1,
    },
  },
  "user.invited": {
    ...common,
    type: "user.invited",
    payload: {
      companyId,
      invitationId: randomUUID(),
      companyName: "Café Zoë",
      email: "typescript@example.com",
      inviter: "Ada Lovelace",
      acceptUrl: "https://app.taly.dev/invitations/accept?token=example",
      expiresAt: later,
    },
  },
  "system.heartbeat": { ...common, type: "system.heartbeat", payload: { companyId } },
  "email.send": {
    ...common,
    type: "email.send",
    payload: { companyId, template: "booking_confirmation", to: reader, companyName: "Café Zoë", values: visit },
  },
  "sms.send": { ...common, type: "sms.send", payload: { companyId, to: given.phone, text: "Café Zoë: see you at 16:00" } },
  "webhook.fan_out": {
    ...common,
    type: "webhook.fan_out",
    payload: { companyId, event: "booking.created", occurredAt: common.timestamp, data: {} },
  },
  "webhook.deliver": {
    ...common,
    type: "webhook.deliver",
    payload: { companyId, endpointId: given.endpointId, event: "booking.created", occurredAt: common.timestamp, data: {} },
  },
  "webhook.endpoint_failing": {
    ...common,
    type: "webhook.endpoint_failing",
    payload: { companyId, ...failing, disabledFrom: later },
  },
  "webhook.endpoint_disabled": {
    ...common,
    type: "webhook.endpoint_disabled",
    payload: { companyId, ...failing, gone: true },
  },
  "activity.record": {
    ...common,
    type: "activity.record",
    payload: {
      companyId,
      activity: "booking.created",
      subjectId: randomUUID(),
      summary: "Haircut with Grace",
      occurredAt: common.timestamp,
    },
  },
  "payment.retry": { ...common, type: "payment.retry", payload: { companyId, paymentId: "in_typescript3", attempt: 2 } },
  "report.generate": { ...common, type: "report.generate", payload: { companyId, reportId: randomUUID() } },
  "ses.event": {
    ...common,
    type: "ses.event",
    payload: {
      companyId,
      sesEvent: {
        eventType: "Delivery",
        mail: { timestamp: common.timestamp, destination: [reader.email], tags: tags("typescript-1") },
        delivery: { timestamp: common.timestamp },
      },
    },
  },
  "email.delivered": { ...common, type: "email.delivered", payload: { ...outcome("typescript-2") } },
  "email.bounced": {
    ...common,
    type: "email.bounced",
    payload: { ...outcome("typescript-3"), kind: "hard", reason: "the mailbox is unknown", texted: true },
  },
  "email.complained": { ...common, type: "email.complained", payload: { ...outcome("typescript-4") } },
  "email.suppression": {
    ...common,
    type: "email.suppression",
    payload: { companyId, email: "suppressed@example.com", suppression: "deliverable", occurredAt: common.timestamp },
  },
  "contact.email_status": {
    ...common,
    type: "contact.email_status",
    payload: { companyId, email: reader.email, status: "bounced", reason: "the mailbox is unknown", occurredAt: common.timestamp },
  },
  "contact.sms_status": {
    ...common,
    type: "contact.sms_status",
    payload: { companyId, phone: given.phone },
  },
};

/** The outcome of the mail of one `email.send`, to an address that gets no other mail here. */
function outcome(messageId: string) {
  const email = `${messageId}@example.com`;
  return { companyId, messageId, template: "user_invitation", email, occurredAt: common.timestamp } as const;
}

/** The tags that `email.send` gives a mail. */
function tags(messageId: string) {
  const id = Buffer.from(messageId).toString("base64url");
  return { company: [companyId], message: [id], correlation: [id], template: ["user_invitation"] };
}

const wrong = Object.values(events).flatMap((event) => problems(event).map((problem) => `${event.type}: ${problem}`));
if (wrong.length > 0) throw new Error(wrong.join("\n"));

const sqs = new SQSClient({});
const all: TalyEvent[] = Object.values(events);
for (let begin = 0; begin < all.length; begin += 10) {
  const batch = all.slice(begin, begin + 10);
  const answer = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: given.queueUrl,
      Entries: batch.map((event, number) => ({
        Id: String(number),
        MessageBody: JSON.stringify(event),
        MessageGroupId: event.payload.companyId,
      })),
    }),
  );
  if (answer.Failed?.length) throw new Error(answer.Failed.map(({ Code }) => Code).join(", "));
}
for (const event of all) console.log(JSON.stringify({ type: event.type, id: messageId(event) }));
