import { tokenFor } from './token';

request.headers['x-scripted'] = tokenFor('espresso');
