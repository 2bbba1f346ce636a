import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainText } from '../../terminal/plain-text';
import { concluded, STATUS_WORDS } from '../run-report';
import type { RunReport } from '../run-report';
import { pageData } from './page-data';

/**
 * One file that needs nothing else: no network, no font, no script from anywhere. Its policy lets only its own two
 * blocks of style and script run, known by their hashes, so that whatever a test printed stays text.
 * `artifactBase`: from the page's folder to the folder that artifact paths are relative to.
 */
export function reportHtml(report: RunReport, artifactBase?: string): string {
  const template = readFileSync(join(__dirname, 'page.html'), 'utf8');
  const policy = `default-src 'none'; style-src '${hashOf(template, 'style')}'; script-src '${hashOf(template, 'script')}'; base-uri 'none'; form-action 'none'`;
  const values: Record<string, string> = {
    policy,
    title: escapeHtml(`${STATUS_WORDS[concluded(report).status]}: ${plainText(report.project.name)}`),
    data: pageData(report, artifactBase),
  };
  return template.replace(/\{\{(policy|title|data)\}\}/g, (_, name: string) => values[name] ?? '');
}

function hashOf(template: string, tag: 'style' | 'script'): string {
  const begin = template.indexOf(`<${tag}>`) + tag.length + 2;
  const text = template.slice(begin, template.indexOf(`</${tag}>`, begin));
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
