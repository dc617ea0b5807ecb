import { roomsSuite } from "./src/rooms/suite.js";

roomsSuite("websocket");
