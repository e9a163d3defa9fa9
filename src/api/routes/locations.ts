/** Public regions (H.6): any code runs in the one place there is, so all are listed. */
import { REGIONS } from '../../contract/checkTypes.ts';
import { LocationList } from '../../contract/locations.ts';
import type { Api } from '../deps.ts';

export async function locationsRoutes(app: Api): Promise<void> {
  app.get('/v1/locations', { config: { access: 'public' }, schema: { response: { 200: LocationList } } },
    async () => Object.entries(REGIONS).map(([region, name]) => ({ region, name })));
}
