import { defineConfig, devices } from '@playwright/test';

export default defineConfig({
  testDir: './suite',
  use: { baseURL: process.env.SHOP_URL, trace: 'on' },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'] } },
    { name: 'phone', use: { ...devices['Pixel 7'] } },
  ],
});
