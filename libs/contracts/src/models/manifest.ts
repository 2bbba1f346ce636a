import { z } from 'zod';

// The keys of this file are snake_case: it is `project_knowledge.json`, version 2.0, which users read with their own tools.

export const parameterSchema = z.object({
  name: z.string(),
  /** As written in the source or document: string, number, CreateOrderDto ... */
  param_type: z.string(),
  location: z.enum(['path', 'query', 'header', 'cookie', 'body']),
  required: z.boolean(),
  dto_schema: z.string().nullable(),
});
export type Parameter = z.infer<typeof parameterSchema>;

export const endpointSchema = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  /** With the prefixes of controller, router and server; parameters as `{id}`. */
  full_path: z.string(),
  parameters: z.array(parameterSchema),
  request_dto: z.string().nullable(),
  response_dto: z.string().nullable(),
  requires_auth: z.boolean(),
  auth_roles: z.array(z.string()),
  file_path: z.string(),
  line_number: z.number().int(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const dtoFieldSchema = z.object({
  name: z.string(),
  field_type: z.string(),
  required: z.boolean(),
  /** Rules that a value must keep, e.g. `min 1`, `email`, `enum a|b`. */
  validations: z.array(z.string()),
  description: z.string().nullable(),
});
export const dtoSchema = z.object({
  name: z.string(),
  fields: z.array(dtoFieldSchema),
  file_path: z.string(),
  line_number: z.number().int(),
});
export type Dto = z.infer<typeof dtoSchema>;

export const serviceKnowledgeSchema = z.object({
  name: z.string(),
  language: z.string(),
  framework: z.string(),
  root_path: z.string(),
  endpoints: z.array(endpointSchema),
  dto_schemas: z.array(dtoSchema),
  ports: z.array(z.number().int()),
  environment_vars: z.array(z.string()),
  dependencies: z.array(z.string()),
});
export type ServiceKnowledge = z.infer<typeof serviceKnowledgeSchema>;

export const manifestSchema = z.object({
  version: z.literal('2.0'),
  project_name: z.string(),
  project_root: z.string(),
  generated_at: z.iso.datetime(),
  services: z.array(serviceKnowledgeSchema),
  /** sha256 of each source file that was read: what tells whether the manifest is stale. */
  source_hashes: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;
