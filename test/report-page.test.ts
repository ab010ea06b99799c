/** The page of a captured report (a real ring, a leaf of another CA) in a real browser, where one is installed. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Report } from '../core/report/model.ts';
import { renderHtml } from '../core/report/render-html.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const captured = Report.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/reports/rolled-back-other-ca.json'), 'utf8')));

describe.skipIf(!existsSync(CHROMIUM))('the report in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringward-page-'));
    writeFileSync(join(folder, 'report.html'), renderHtml(captured));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['a desk', 1280, 'light'],
    ['a phone', 390, 'dark'],
  ] as const)('opens on %s without an error, asks for nothing, and fits', async (_where, width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => request.url().startsWith('file:') || requests.push(request.url()));
    await page.goto(`file://${join(folder, 'report.html')}`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Rolled back');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect({ errors, requests }).toEqual({ errors: [], requests: [] });
    await page.close();
  });
});
