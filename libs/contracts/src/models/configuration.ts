import { z } from 'zod';

/** A service of the system under test, as `services.<name>` of `e2e.conf` describes it. */
export const serviceSettingsSchema = z.strictObject({
  base_url: z.url().optional(),
  /** Path or URL that answers below 500 when the service is ready. */
  health_endpoint: z.string().optional(),
  /** A shell command that serves it; started before a run and ended after it. */
  start: z.string().optional(),
  /** Sent with each request that a test makes to this service. */
  headers: z.record(z.string(), z.string()).default({}),
  /** An OpenAPI document: a project-relative file, or a path that the service serves. */
  openapi: z.string().optional(),
  /** Project-relative folder of its source; the folder of the same name without one. */
  source: z.string().optional(),
  /** What a regression is compared with: one that runs already, or a git revision that is started for the run. */
  baseline: z
    .strictObject({
      base_url: z.url().optional(),
      revision: z.string().min(1).optional(),
      /** Serves the revision, in its folder; the service's own `start` with PORT set without it. */
      start: z.string().optional(),
    })
    .refine((baseline) => baseline.base_url !== undefined || baseline.revision !== undefined, 'give base_url, revision or both')
    .optional(),
});
export type ServiceSettings = z.infer<typeof serviceSettingsSchema>;

/** `e2e.conf` after `${VAR}` was put in. Keys and defaults are names that users know: they do not change. */
export const configurationSchema = z.strictObject({
  general: z
    .strictObject({
      /** For one attempt of a test that names no limit of its own. */
      test_timeout_seconds: z.number().positive().max(3600).default(30),
      /** How long a service may take from `start` to a healthy answer. */
      start_timeout_seconds: z.number().positive().max(600).default(60),
      /** How long a run waits for a system under test that stopped answering; what is not judged by then is lost. */
      outage_patience_seconds: z.number().min(0).max(3600).default(30),
      enable_self_healing: z.boolean().default(true),
      enable_intelligent_retry: z.boolean().default(true),
      enable_auto_debug: z.boolean().default(true),
      enable_risk_prioritization: z.boolean().default(true),
      max_auto_fix_attempts: z.number().int().min(0).max(20).default(3),
      auto_apply_fixes: z.boolean().default(false),
      parallel_workers: z.number().int().min(1).max(64).default(4),
      history_retention_days: z.number().int().min(1).max(3650).default(30),
      learning_enabled: z.boolean().default(true),
      min_confidence_for_auto_fix: z.number().min(0).max(1).default(0.8),
    })
    .prefault({}),
  project: z
    .strictObject({
      name: z.string().min(1).optional(),
      /** A file in the format of `git log --numstat --format=%ct`, for a project whose history is not in git. */
      history_file: z.string().optional(),
    })
    .prefault({}),
  services: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), serviceSettingsSchema).default({}),
});
export type Configuration = z.infer<typeof configurationSchema>;
